"""The sentences of the log for people (日志用语): event name → words, with the event's values in braces.

Code logs events and values; how they read stands here. An event without a sentence is shown under its own name.
"""

from collections.abc import Mapping
from string import Formatter
from typing import Any

SENTENCES: Mapping[str, str] = {
    "daemon.ready": "Headend is ready: {accounts} accounts, concentrators dial in at {listen}",
    "daemon.stopping": "Headend is stopping",
    "step.missed": "the step “{step}” of {day} came too late and was left out",
    "step.failed": "the step “{step}” of {day} failed",
}


def tell(event: str, values: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Give the sentence for an event, and the values that it did not use."""
    template = SENTENCES.get(event)
    if template is None:
        return event, dict(values)
    used = {name.split(".")[0] for _, name, _, _ in Formatter().parse(template) if name}
    if not used <= values.keys():
        return event, dict(values)
    return template.format(**values), {key: value for key, value in values.items() if key not in used}
