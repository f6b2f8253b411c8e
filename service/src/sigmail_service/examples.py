"""Messages to try the page with. We wrote them, and their addresses are reserved for examples."""

from __future__ import annotations

__all__ = ["EXAMPLES"]

_CRUISE = """\
From: "Prize Department" <winner@prizes.example>
Subject: You have WON a FREE cruise
MIME-Version: 1.0
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: quoted-printable

<h1>Dear friend, you are our lucky winner!</h1>
<p>Click <a href=3D"http://claim.prizes.example/now">here</a> NOW to claim =
your prize. No obligation, 100% risk free!</p>
<p>Act now, this offer expires tonight. Order today and get a second cabin =
at no cost.</p>
"""

_MEETING = """\
Hello Grace,

I moved the review to Tuesday at ten, since the room is taken on Monday. I attach the minutes of the
last meeting, and the draft of chapter two with your comments. Could you look at the section on rounding
before then?

Thanks,
Ada
"""

_NEWSLETTER = """\
Subject: Your order, and a word about our spring sale

Hello,

thank you for your order. The books will be sent on Thursday.

Our spring sale begins next week: all atlases at half the price. To receive no more mail from us, click here.

The bookshop at the corner
"""

EXAMPLES = {"a prize": _CRUISE, "a meeting": _MEETING, "a newsletter": _NEWSLETTER}
"""The text of each example under the name that its button shows."""
