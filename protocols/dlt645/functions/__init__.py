"""The functions (功能码) of DL/T 645-2007 and, at the end, of 1997; all their forms in one table."""

from protocols.dlt645.functions import (
    address,
    baud,
    clear,
    clock,
    output,
    password,
    read,
    read_1997,
    read_next,
    relay,
    security,
    write,
    write_1997,
)
from protocols.dlt645.functions.form import Form

__all__ = ["FORMS", "Form"]

FORMS: tuple[Form, ...] = (
    *read.FORMS,
    *read_next.FORMS,
    *address.FORMS,
    *write.FORMS,
    *clock.FORMS,
    *baud.FORMS,
    *password.FORMS,
    *clear.FORMS,
    *relay.FORMS,
    *output.FORMS,
    *security.FORMS,
    *read_1997.FORMS,
    *write_1997.FORMS,
)
"""Every message of both editions; 03H is the only code that means another thing in each."""
