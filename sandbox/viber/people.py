"""What Viber's server knows of a person: subscription, session, and the counters of its rates."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from . import limits


@dataclass
class User:
    """One person as the server knows them; times are seconds of the stand-in's clock."""

    id: str
    name: str
    language: str
    api_version: int
    subscribed: bool = False
    session_until: float = 0.0
    _hour: int = 0
    _unanswered: int = 0
    _details: list[float] = field(default_factory=list)

    def profile(self, send_name: bool, send_photo: bool) -> dict[str, Any]:
        """The `user` or `sender` of a callback; a placeholder unless the webhook asked for the name."""
        shown = {"id": self.id, "name": self.name if send_name else limits.PLACEHOLDER_NAME}
        if send_photo:
            shown["avatar"] = f"https://media-direct.cdn.viber.com/{self.id.strip('=')}.jpg"
        return {**shown, "country": "UA", "language": self.language, "api_version": self.api_version}

    def writes(self, now: float) -> None:
        """A message from this person: it subscribes, opens a session and resets the count of unanswered ones."""
        self.subscribed = True
        self.session_until = now + limits.SESSION_SECONDS
        self._unanswered = 0

    def one_more(self, now: float) -> bool:
        """Count a message to this person; False if this clock hour's hundred without a reply is used up."""
        hour = int(now // 3600)
        if hour != self._hour:
            self._hour, self._unanswered = hour, 0
        if self._unanswered >= limits.UNANSWERED:
            return False
        self._unanswered += 1
        return True

    def one_more_look(self, now: float) -> bool:
        """Count a get_user_details; False if the two of twelve hours are used up."""
        self._details = [at for at in self._details if now - at < limits.DETAILS_SECONDS]
        if len(self._details) >= limits.DETAILS:
            return False
        self._details.append(now)
        return True

    def billing(self, now: float) -> int:
        """The billing_status of a message sent now: 1 inside a session, 5 outside."""
        return 1 if now < self.session_until else 5

    def fill_in(self, message: dict[str, Any]) -> dict[str, Any]:
        """A broadcast's message with its placeholders replaced (guides/broadcast-rest-api)."""
        filled = {
            "replace_me_with_receiver_id": self.id,
            "replace_me_with_url_encoded_receiver_id": quote(self.id, safe=""),
            "replace_me_with_user_name": self.name,
        }

        def fill(value: Any) -> Any:
            if isinstance(value, str) and "replace_me_with_" in value:
                for word, instead in filled.items():
                    value = value.replace(word, instead)
            elif isinstance(value, dict):
                return {key: fill(one) for key, one in value.items()}
            elif isinstance(value, list):
                return [fill(one) for one in value]
            return value

        done: dict[str, Any] = fill(message)
        return done
