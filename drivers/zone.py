"""The zone in which meters and terminals keep their clocks."""

from datetime import timedelta, timezone

BEIJING = timezone(timedelta(hours=8), "Asia/Shanghai")  # no daylight saving time since 1991
