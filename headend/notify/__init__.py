"""Messages to customers (短信): templates, outbox, receipts, the next contact. This room decides nothing."""

from headend.notify.errors import (
    MissingValueError,
    NotifyError,
    TemplateError,
    UnknownMessageError,
    UnknownTemplateError,
)
from headend.notify.model import MOVES, Company, Event, Message, MessageEvent, Per, State, Template, Wish
from headend.notify.outbox import expire, put, put_many
from headend.notify.queries import counts, delivered, healthy, history, last, message_of, messages, told
from headend.notify.replies import keep_reply
from headend.notify.sender import Sender
from headend.notify.sending import gateway_seen, take_receipt
from headend.notify.templates import load_templates, parse_templates

__all__ = [
    "MOVES",
    "Company",
    "Event",
    "Message",
    "MessageEvent",
    "MissingValueError",
    "NotifyError",
    "Per",
    "Sender",
    "State",
    "Template",
    "TemplateError",
    "UnknownMessageError",
    "UnknownTemplateError",
    "Wish",
    "counts",
    "delivered",
    "expire",
    "gateway_seen",
    "healthy",
    "history",
    "keep_reply",
    "last",
    "load_templates",
    "message_of",
    "messages",
    "parse_templates",
    "put",
    "put_many",
    "take_receipt",
    "told",
]
