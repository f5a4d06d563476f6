"""Viber's numbers and words: sizes, rates, status codes, closed lists.

Official unless marked: creators.viber.com (data-models/message, keyboards, errors), developers.viber.com (faq,
guides/broadcast-rest-api). "Third party" and "unsure" are the best that is known, not Viber's word.
"""

JSON_BYTES = 30_000
"""The whole request, UTF-8 bytes ("30kb"; the smaller reading)."""
SENDER_NAME = 28
TRACKING_DATA = 4_000
TEXT = 7_000
PICTURE_TEXT = 512
"""One official page says 768, older copies say 512: the stricter."""
PICTURE_BYTES = 2**20
"""Largest picture that an iPhone shows; Android takes three times as much."""
THUMBNAIL_BYTES = 100 * 2**10
URL = 2_000
CONTACT_NAME = 28
PHONE_DIGITS = 18
FILE_NAME = 256
FILE_BYTES = 52_428_800
VIDEO_BYTES = 27_262_976
VIDEO_SECONDS = 180

COLUMNS = 6
KEYBOARD_ROWS = 12
"""Rows of a keyboard in portrait (faq)."""
BUTTON_ROWS = 2
BUTTON_TEXT = 250
RICH_ROWS = 7
RICH_CARDS = 6

BROADCAST_LIST = 300
BROADCASTS, BROADCASTS_SECONDS = 500, 10
ONLINE_IDS = 100
UNANSWERED = 100
"""send_message calls to one person in one clock hour without a reply."""
DETAILS, DETAILS_SECONDS = 2, 12 * 3600
SESSION_SECONDS = 24 * 3600
"""A person's message opens a session in which the bot's messages are free (third party: respond.io)."""
MEDIA_SECONDS = 3600
"""How long the URL of something that a person sent stays alive (third party: quoted in client libraries)."""

ANSWER_SECONDS = 5.0
"""How long a callback waits for its answer (third party: measured in viber-bot-php #37)."""
RETRY_DELAYS = (10.0, 60.0, 300.0, 600.0, 900.0)
"""Seconds between tries of a callback (third party)."""
RETRY_SECONDS = 3600
"""A callback is tried again for an hour (faq), then it is lost."""

STATUS = {
    0: "ok",
    1: "invalidUrl",
    2: "invalidAuthToken",
    3: "badData",
    4: "missingData",
    5: "receiverNotRegistered",
    6: "receiverNotSubscribed",
    10: "webhookNotSet",
    12: "tooManyRequests",
    13: "apiVersionNotSupported",
    14: "incompatibleWithVersion",
    19: "cannotSendBroadcast",
    20: "broadcastNotAllowed",
}
"""The codes that this stand-in answers; the wording after the name is free."""

OPTIONAL_EVENTS = ("delivered", "seen", "failed", "subscribed", "unsubscribed", "conversation_started")
"""What set_webhook may list; left out means all of them."""
MANDATORY_EVENTS = frozenset({"message", "subscribed", "unsubscribed"})
"""What arrives whether asked for or not."""

ACTIONS = ("reply", "open-url", "location-picker", "share-phone", "none")
ACTIONS_SINCE_3 = frozenset({"location-picker", "share-phone"})
"""Refused by the server below min_api_version 3 (edanila-zz/viber.bot #3, viberroo #23)."""
PICTURE_ENDS = (".jpg", ".jpeg", ".png", ".gif")
# fmt: off
FORBIDDEN_ENDS = frozenset({
    "bat", "bin", "cmd", "com", "cpl", "exe", "gadget", "inf1", "ins", "inx", "isu", "job", "jse",
    "lnk", "msc", "msi", "msp", "mst", "paf", "pif", "ps1", "reg", "rgs", "sct", "shb", "shs", "u3p",
    "vb", "vbe", "vbs", "vbscript", "ws", "wsf", "action", "app", "command", "csh", "osx", "workflow",
    "ksh", "out", "run", "apk", "ipa",
})
# fmt: on
PLACEHOLDER_NAME = "Subscriber"
"""What stands for a person's name until set_webhook asks for send_name (third party)."""
