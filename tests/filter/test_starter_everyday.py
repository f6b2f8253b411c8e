"""What the starter makes of everyday messages, written for this test: none stands in a corpus."""

from __future__ import annotations

import pytest

import sigmail

GOOD = {
    "a greeting": "Hello, how are you?",
    "lunch": "See you at lunch tomorrow",
    "thanks": "Thanks, that works for me. I'll call you this evening.",
    "a question": "Hi Ben, could you send me the minutes of Monday's meeting? Best, Clara",
    "family": "Mum, the train is late, I'll be home around eight. Don't wait with dinner!",
    "a note from work": b"""Subject: Budget for the third quarter

Hi all,

please find the draft of the budget in the shared folder. I have moved the two open positions to October.
Let me know by Friday if anything is missing, then I will send it to finance.

Regards,
Susan
""",
    "an invoice": b"""Subject: Invoice 2024-1187 from Miller Office Supplies

Dear Ms Novak,

thank you for your order of 12 March. Please find attached invoice 2024-1187 over EUR 184.50, due within 30
days. The goods left our warehouse today.

Kind regards,
Peter Miller
Accounts
""",
    "a newsletter": b"""Subject: The March issue of our gardening club's newsletter

Dear members,

spring is here. In this issue: how to prune roses, dates of the seed exchange, and a report of our visit to
the botanical garden. The annual meeting is on 14 April at seven in the village hall.

You receive this letter because you are a member. To leave the list, write to the secretary.
""",
    "code": b"""Subject: Re: crash in the parser

I can reproduce this with the current main branch. The buffer is freed twice when the header is empty; the
patch below fixes it. Could you add a test?
""",
}
BAD = {
    "a prize": "Congratulations! You have won a free prize, call 09061701461 now to claim",
    "a lottery": b"""Subject: YOU HAVE WON $850,000.00

Dear winner, your email address has won the sum of US$850,000.00 in the international lottery. To claim your
prize contact our agent with your bank details, full name, and telephone number immediately.
""",
    "phishing": b"""Subject: Your account has been suspended
Content-Type: text/html

<p>Dear customer,</p><p>We noticed unusual activity in your account. Your account will be permanently closed
within 24 hours unless you verify your information.</p>
<p><a href="http://secure-login.example/verify">Verify your account now</a></p>
""",
    "marketing": b"""Subject: Rank #1 on Google - guaranteed!

Hi there, we can get your website on the first page of Google in 30 days. Our SEO experts offer affordable
packages, 100% money back guarantee. Reply now for a free quote and boost your sales!
""",
    "pills": b"""Subject: 80% off all meds

Buy cheap Viagra and Cialis online, no prescription needed, discreet shipping worldwide. Order now and save!
http://pills.example/
""",
    "loans": b"""Subject: Get your loan today

Do you need an urgent loan at 2% interest? No credit check. Apply now, get the money in 24 hours.
""",
}


@pytest.fixture(scope="module")
def starter() -> sigmail.SpamFilter:
    return sigmail.SpamFilter.default()


@pytest.mark.parametrize("name", GOOD)
def test_everyday_messages_are_not_called_spam(starter: sigmail.SpamFilter, name: str) -> None:
    assert starter.classify(GOOD[name]).label != "spam"


@pytest.mark.parametrize("name", BAD)
def test_obvious_spam_is_not_called_ham(starter: sigmail.SpamFilter, name: str) -> None:
    assert starter.classify(BAD[name]).label in {"spam", "unsure"}


def test_every_bad_message_is_more_probably_spam_than_every_good_one(starter: sigmail.SpamFilter) -> None:
    good, bad = (starter.probabilities(list(kind.values())) for kind in (GOOD, BAD))
    assert bad.min() > good.max()
