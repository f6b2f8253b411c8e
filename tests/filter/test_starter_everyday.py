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
    "a note from work": b"Subject: Budget for the third quarter\n\nHi all,\n\nplease find the draft of the budget "
    b"in the shared folder. I have moved the two open positions to October. Let me know by Friday if anything "
    b"is missing, then I will send it to finance.\n\nRegards,\nSusan\n",
    "an invoice": b"Subject: Invoice 2024-1187 from Miller Office Supplies\n\nDear Ms Novak,\n\nthank you for your "
    b"order of 12 March. Please find attached invoice 2024-1187 over EUR 184.50, due within 30 days. The goods "
    b"left our warehouse today.\n\nKind regards,\nPeter Miller\nAccounts\n",
    "a newsletter": b"Subject: The March issue of our gardening club's newsletter\n\nDear members,\n\nspring is "
    b"here. In this issue: how to prune roses, dates of the seed exchange, and a report of our visit to the "
    b"botanical garden. The annual meeting is on 14 April at seven in the village hall.\n\nYou receive this "
    b"letter because you are a member. To leave the list, write to the secretary.\n",
    "code": b"Subject: Re: crash in the parser\n\nI can reproduce this with the current main branch. The buffer is "
    b"freed twice when the header is empty; the patch below fixes it. Could you add a test?\n",
}
BAD = {
    "a prize": "Congratulations! You have won a free prize, call 09061701461 now to claim",
    "a lottery": b"Subject: YOU HAVE WON $850,000.00\n\nDear winner, your email address has won the sum of "
    b"US$850,000.00 in the international lottery. To claim your prize contact our agent with your bank details, "
    b"full name, and telephone number immediately.\n",
    "phishing": b"Subject: Your account has been suspended\nContent-Type: text/html\n\n<p>Dear customer,</p><p>We "
    b"noticed unusual activity in your account. Your account will be permanently closed within 24 hours unless "
    b'you verify your information.</p><p><a href="http://secure-login.example/verify">Verify your account now'
    b"</a></p>\n",
    "marketing": b"Subject: Rank #1 on Google - guaranteed!\n\nHi there, we can get your website on the first page "
    b"of Google in 30 days. Our SEO experts offer affordable packages, 100% money back guarantee. Reply now for "
    b"a free quote and boost your sales!\n",
    "pills": b"Subject: 80% off all meds\n\nBuy cheap Viagra and Cialis online, no prescription needed, discreet "
    b"shipping worldwide. Order now and save! http://pills.example/\n",
    "loans": b"Subject: Get your loan today\n\nDo you need an urgent loan at 2% interest? No credit check. Apply "
    b"now, get the money in 24 hours.\n",
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


def test_spam_is_more_probable_for_every_bad_message_than_for_nearly_all_good_ones(
    starter: sigmail.SpamFilter,
) -> None:
    good, bad = (sorted(starter.probabilities(list(kind.values()))) for kind in (GOOD, BAD))
    assert bad[0] > good[-2]
