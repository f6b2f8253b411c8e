"""Chapter 6: from two features to a quarter of a million."""

from __future__ import annotations

from drawing import GREY, HAM, NEURON, SPAM, canvas, save

# [begin vectorise]
import numpy as np
from letters import LABELS, MESSAGES

from sigmail.features import MessageVectorizer

vectorizer = MessageVectorizer(table_bits=18, hash_key=bytes(16))
X = vectorizer.fit_transform(MESSAGES)
print(f"{X.shape[0]} messages, {X.shape[1]:,} slots each; {X[0].nnz} of them used by the first message")
# [end vectorise]


# [begin alike]
def overlap(first, second):
    """Return how alike two messages are to the filter: 1 for the same, 0 for nothing in common."""
    rows = vectorizer.transform([first, second])
    return float((rows[0] @ rows[1].T).toarray()[0, 0])


print(f"{overlap('Buy viagra now', 'buy VIAGRA today'):.2f}")
print(f"{overlap('Buy viagra now', 'See you at five'):.2f}")
# [end alike]

# [begin collide]
shares = {}
for bits in range(8, 19):
    smaller = MessageVectorizer(table_bits=bits, hash_key=bytes(16)).fit(MESSAGES)
    used = sum(smaller.transform([message]).nnz for message in MESSAGES)
    shares[bits] = 1.0 - used / X.nnz
for bits in (8, 12, 18):
    print(f"2^{bits} slots: {100 * shares[bits]:.1f} % of the features met another in their message")
# [end collide]

# [begin learn]
from sigmail.logistic import LogisticClassifier

neuron = LogisticClassifier(C=100.0, solver="dual", random_state=0).fit(X, LABELS)
news = ["Claim your FREE bonus, click NOW", "Thanks, see you at the meeting on Thursday"]
for message, (_, spam) in zip(news, neuron.predict_proba(vectorizer.transform(news)), strict=True):
    print(f"{spam:.2f}  {message}")
# [end learn]

figure, (left, right) = canvas(columns=2, height=3.6)
met = {bits: 100.0 * share for bits, share in shares.items() if share > 0.0}
left.semilogy(list(met), list(met.values()), color=NEURON, marker="o")
left.set(title="Fewer collisions in a larger table", xlabel="slots, as a power of 2", ylabel="% of features")
weights = neuron.coef_[0]
strongest = np.sort(np.abs(weights[weights != 0.0]))[::-1]
right.loglog(np.arange(1, len(strongest) + 1), strongest, color=GREY)
signed = np.sort(weights[weights != 0.0])
right.set(title=f"{len(signed):,} weights are in use", xlabel="rank", ylabel="size of the weight")
right.text(1.3, strongest[0] * 0.02, f"{np.sum(signed > 0):,} speak for spam", color=SPAM)
right.text(1.3, strongest[0] * 0.009, f"{np.sum(signed < 0):,} for good mail", color=HAM)
save(figure, "chapter-6-hashing")
