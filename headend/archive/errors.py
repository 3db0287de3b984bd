"""Errors of the archive.

::

    ArchiveError
    ├── UnknownAccountError   no account has this number or id
    ├── UnknownUnitError      no county, station or area has this code
    ├── UnknownStaffError     no member of staff has this user name, or it is disabled
    ├── NoPlaceError          no meter was installed for the account on that day
    ├── NoNumbersError        neither the account nor its class has strategy numbers for that day
    └── ArchiveFormatError    a document as a whole is not what it should be
"""


class ArchiveError(Exception):
    """Something the archive can't answer or refuses; the message names the thing and the mend."""


class UnknownAccountError(ArchiveError):
    """No account has this number or id."""


class UnknownUnitError(ArchiveError):
    """No county, station or area has this code."""


class UnknownStaffError(ArchiveError):
    """No member of staff has this user name, or it is disabled."""


class NoPlaceError(ArchiveError):
    """No meter was installed for the account on that day."""


class NoNumbersError(ArchiveError):
    """Neither the account nor its class has strategy numbers for that day."""


class ArchiveFormatError(ArchiveError):
    """A document as a whole is not what it should be, so that no row of it can be taken."""
