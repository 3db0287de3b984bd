"""The people of a village: customers and staff, as clients of the daemon's desk."""

from simulators.people.customers import Customers
from simulators.people.desk import Caller, Desk
from simulators.people.diary import Diary, Heard, Paid, Refused
from simulators.people.reading import understand
from simulators.people.staff import Crew

__all__ = ["Caller", "Crew", "Customers", "Desk", "Diary", "Heard", "Paid", "Refused", "understand"]
