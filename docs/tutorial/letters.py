"""Small messages to learn with, every one of them made up for this tutorial."""

from __future__ import annotations

import re

SPAM = [
    "CHEAP VIAGRA, no prescription, CLICK NOW",
    "You have WON a FREE cruise! Claim your prize TODAY",
    "LOSE WEIGHT fast, buy viagra and pills online",
    "FREE CASINO BONUS, no deposit, play NOW",
    "Buy viagra from home, discreet and cheap",
    "Make MONEY FAST, work from home, no risk",
    "Dear friend, a bank holds ten million for you",
    "LAST CHANCE: cheap loans, NO credit check",
    "Hot stocks, BUY NOW before they rise",
    "viagra, pills and more, order today",
    "CONGRATULATIONS, you are our WINNER, send your address",
    "Cheap watches, they look like the real ones",
    "VIAGRA for LESS, shipped overnight",
    "REFINANCE NOW at rates you will NOT believe",
    "Free offer, click here to claim your bonus",
    "EARN a DEGREE without any exam",
    "Cheap software, all brands, order online now",
    "Meet singles in YOUR town TONIGHT",
    "viagra without a doctor, click the link",
    "URGENT BUSINESS, transfer of funds, reply in confidence",
]

HAM = [
    "See you at five, I bring the cake",
    "The minutes of the meeting are attached",
    "Can you review my patch before lunch?",
    "PLEASE DO NOT park in the yard on Monday",
    "Thanks for the notes, the plan looks good",
    "Grandma asks when you come to visit",
    "The train is late, start without me",
    "Agenda for Thursday: budget, hiring, summer party",
    "I fixed the test, it was a missing comma",
    "Are we still on for the concert tonight?",
    "HAPPY BIRTHDAY, may all your wishes come true",
    "The pharmacist says viagra and nitrates must not be mixed",
    "Your library books are due next week",
    "Could you send me the draft of chapter two?",
    "Dinner at our place on Saturday, bring nothing",
    "The release is out, thanks to everybody who tested",
    "My flight lands at noon, gate B",
    "Here are the photos of the garden",
    "Homework: read chapter four, answer the questions",
    "The printer on the second floor is broken again",
]

MESSAGES = SPAM + HAM
LABELS = ["spam"] * len(SPAM) + ["ham"] * len(HAM)


def two_features(message: str) -> tuple[float, float]:
    """Look at a message through two questions: is more than one word in capitals? is there "viagra"?"""
    words = re.findall(r"[A-Za-z]+", message)
    shouted = sum(len(word) > 1 and word.isupper() for word in words)
    return float(shouted > 1), float("viagra" in message.lower())
