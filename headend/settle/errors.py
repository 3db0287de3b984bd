"""Errors of settlement.

::

    SettleError
    ├── PriceBookError        a price file can't be taken; it is taken whole or not at all
    ├── UnknownPriceError     an account's price code has no version for a day
    ├── NotEstimatedError     an account has no estimated day yet
    ├── EnergyUnknownError    no energy can be computed between two registers
    ├── UnknownCorrectionError    no correction has that number
    ├── NotSignableError      a correction that this person can't sign, or nobody any more
    └── LedgerError           a posting that the ledger refuses
        ├── AmountError       an amount that is not positive, has parts of a fen, or is not there to be taken
        ├── NotSettledError   a refund while a cycle or bill is not settled
        └── EntryError        a kind of posting between ledger accounts that it never joins

The same payment serial with another content is the store's :class:`headend.store.ConflictError`.
"""


class SettleError(Exception):
    """Something settlement can't answer or refuses; the message names the thing and the mend."""


class PriceBookError(SettleError):
    """A price file can't be taken: each fault with its line and key."""


class UnknownPriceError(SettleError):
    """An account's price code has no version for a day."""


class NotEstimatedError(SettleError):
    """An account has no estimated day yet."""


class EnergyUnknownError(SettleError):
    """No energy can be computed between two registers: one of them fell, or a meter change is not recorded."""


class UnknownCorrectionError(SettleError):
    """No correction has that number."""


class NotSignableError(SettleError):
    """A correction that this person can't sign, or nobody any more."""


class LedgerError(SettleError):
    """A posting that the ledger refuses."""


class AmountError(LedgerError):
    """An amount that is not positive, has parts of a fen, or is not there to be taken."""


class NotSettledError(LedgerError):
    """A refund while a cycle or bill of the account is not settled."""


class EntryError(LedgerError):
    """A kind of posting between ledger accounts that it never joins."""
