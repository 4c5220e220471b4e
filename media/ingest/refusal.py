"""Why a file cannot become film, in words for whoever sent it: what was wrong, and what to do."""

_AGAIN = "Send the file that the camera made, as MP4 or MOV."

SENTENCES = {
    "empty": "The file is empty. Check on the device that it plays, then send it again.",
    "playlist": f"This is a playlist: a list of places where film is, not film. {_AGAIN}",
    "session_description": f"This describes a live stream; it is not a recording. {_AGAIN}",
    "picture": "This is a picture, not film. Send the recording of the lesson.",
    "document": "This is a document, not film. Send the recording of the lesson.",
    "archive": "This is an archive. Unpack it and send the recording that is inside.",
    "unknown": f"We do not know this kind of file. {_AGAIN}",
    "unreadable": "The file is damaged and cannot be opened: often a recording that was cut off before "
    "the camera had finished it. Check on the device that it plays, then send it again.",
    "nothing_playable": "There is neither picture nor sound in this file that we can play. "
    "Check on the device that it plays, then send it again.",
    "codec": "The film is coded as {codec}, which we do not play. "
    "Export it as MP4 (H.264), then send it again.",
    "too_long": "The film lasts {hours:.1f} hours; the longest we take is {limit:.0f}. "
    "Cut it to the lesson, then send it again.",
    "too_large": "The picture is {width} × {height}; the largest we take has {limit:,} pixels. "
    "Record in 4K or less, then send it again.",
    "too_many_streams": "The file has {count} tracks; the most we take is {limit}. "
    "Export it with one picture and one sound track, then send it again.",
    "too_short": "Less than a second of this film can be played. "
    "Check on the device that it plays, then send it again.",
    "cut_short": "The file ends before the film does: only {minutes:.1f} minutes can be played. "
    "Check on the device whether there is more; if so, send the file again.",
    "no_smaller": "The film plays as it is, but we could not make smaller versions of it for slow "
    "connections. An operator has to look at it; you do not need to send it again.",
    "needs_attention": "We could not prepare this film, though we tried {tries} times. "
    "What you sent is kept; an operator has to look at it. You do not need to send it again.",
}


class Refusal(Exception):
    """This file cannot be played, now or later: trying again changes nothing."""

    def __init__(self, code: str, **facts: str | float) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts

    @property
    def sentence(self) -> str:
        """Return what to tell the person who sent it."""
        return sentence(self.code, **self.facts)


def sentence(code: str, **facts: str | float) -> str:
    """Return what to tell people about one of the things that can be wrong with a file."""
    return SENTENCES[code].format(**facts)
