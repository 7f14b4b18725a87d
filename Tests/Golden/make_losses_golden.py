"""Makes losses.safetensors: losses with PyTorch, values and gradients.

    pip install torch==2.13.0        (the CPU build will do)
    python make_losses_golden.py
"""

import torch
import torch.nn.functional as F

from golden_format import Golden

golden = Golden()
normal, case = golden.normal, golden.case

for reduction in ("mean", "sum", "none"):
    case(f"mse.{reduction}", lambda p, t: F.mse_loss(p, t, reduction=reduction), normal(3, 4), normal(3, 4))
    case(f"l1.{reduction}", lambda p, t: F.l1_loss(p, t, reduction=reduction), normal(3, 4), normal(3, 4))
    case(f"huber.{reduction}", lambda p, t: F.huber_loss(p, t, delta=0.7, reduction=reduction), normal(3, 4), normal(3, 4))
    case(f"smoothL1.{reduction}", lambda p, t: F.smooth_l1_loss(p, t, beta=0.7, reduction=reduction), normal(3, 4), normal(3, 4))
case("smoothL1.zero", lambda p, t: F.smooth_l1_loss(p, t, beta=0.0), normal(3, 4), normal(3, 4))

bce, logits_bce = F.binary_cross_entropy, F.binary_cross_entropy_with_logits
probabilities = lambda: normal(3, 4).sigmoid()
case("bce", bce, probabilities(), probabilities())
case("bce.weight", lambda p, t, w: bce(p, t, weight=w.detach(), reduction="sum"), probabilities(), probabilities(), normal(4).abs().detach())
case("bce.none", lambda p, t: bce(p, t, reduction="none"), probabilities(), probabilities())
case("bce.certain", bce, torch.tensor([0.0, 1.0, 0.0, 1.0]), torch.tensor([0.0, 1.0, 1.0, 0.25]), differentiable=False)
case("bceLogits.weight", lambda x, t, w: logits_bce(x, t, weight=w.detach()), normal(3, 4) * 3, probabilities(), normal(4).abs())
case("bceLogits.positive", lambda x, t, w: logits_bce(x, t, pos_weight=w.detach()), normal(3, 4) * 3, probabilities(), normal(4).abs())
case("bceLogits.both", lambda x, t, w, p: logits_bce(x, t, weight=w.detach(), pos_weight=p.detach(), reduction="none"),
     torch.tensor([[100.0, -100.0, 0.5]]), torch.tensor([[0.0, 1.0, 1.0]]), normal(3).abs(), normal(3).abs())

targets = torch.tensor([2, 0, 4, 3, 1])
weights = torch.tensor([0.5, 1.0, 2.0, 0.25, 3.0])
cross = F.cross_entropy
case("crossEntropy.weights", lambda x, t, w: cross(x, t, weight=w.detach()), normal(5, 5), targets, weights)
case("crossEntropy.weightsSum", lambda x, t, w: cross(x, t, weight=w.detach(), ignore_index=3, reduction="sum"), normal(5, 5), targets, weights)
case("crossEntropy.weightsSmoothed", lambda x, t, w: cross(x, t, weight=w.detach(), ignore_index=3, label_smoothing=0.1), normal(5, 5), targets, weights)
case("crossEntropy.none", lambda x, t: cross(x, t, ignore_index=3, label_smoothing=0.1, reduction="none"), normal(5, 5), targets)
case("crossEntropy.sum", lambda x, t: cross(x, t, ignore_index=3, reduction="sum"), normal(5, 5), targets)
case("nll", lambda x, t: F.nll_loss(x.log_softmax(-1), t), normal(5, 5), targets)
case("nll.weights", lambda x, t, w: F.nll_loss(x.log_softmax(-1), t, weight=w.detach(), ignore_index=0), normal(5, 5), targets, weights)
case("nll.none", lambda x, t, w: F.nll_loss(x.log_softmax(-1), t, weight=w.detach(), reduction="none"), normal(5, 5), targets, weights)

distribution = lambda: normal(3, 4).softmax(-1)
case("kl", lambda q, t: F.kl_div(q.log_softmax(-1), t, reduction="batchmean"), normal(3, 4), distribution())
case("kl.mean", lambda q, t: F.kl_div(q.log_softmax(-1), t, reduction="mean"), normal(3, 4), distribution())
case("kl.log", lambda q, t: F.kl_div(q.log_softmax(-1), t, log_target=True, reduction="none"), normal(3, 4), normal(3, 4).log_softmax(-1))
case("kl.zero", lambda q, t: F.kl_div(q.log_softmax(-1), t.detach(), reduction="sum"), normal(1, 3), torch.tensor([[0.0, 0.25, 0.75]]))

labels = torch.tensor([1, -1, -1, 1])
case("cosineEmbedding", F.cosine_embedding_loss, normal(4, 3), normal(4, 3), labels)
case("cosineEmbedding.margin", lambda a, b, y: F.cosine_embedding_loss(a, b, y, margin=-0.3, reduction="none"), normal(4, 3), normal(4, 3), labels)
case("triplet", F.triplet_margin_loss, normal(4, 3), normal(4, 3), normal(4, 3))
case("triplet.swap", lambda a, p, n: F.triplet_margin_loss(a, p, n, margin=2.0, p=1.0, swap=True, reduction="none"), normal(4, 3), normal(4, 3), normal(4, 3))


def info_nce(q, k, symmetric=False):
    scores = F.normalize(q) @ F.normalize(k).T / 0.2
    own = torch.arange(len(q))
    return (cross(scores, own) + cross(scores.T, own)) / 2 if symmetric else cross(scores, own)


case("infoNCE", info_nce, normal(5, 3), normal(5, 3))
case("infoNCE.symmetric", lambda q, k: info_nce(q, k, True), normal(5, 3), normal(5, 3))

# The gradient is compared behind log_softmax: PyTorch's by the log-probabilities themselves holds
# for normalized ones only.
T, N, C = 9, 4, 5
words = torch.tensor([[1, 2, 2, 3], [4, 4, 4, 4], [3, 1, 0, 0], [2, 0, 0, 0]])
words_last_blank = torch.tensor([[1, 2, 2, 3], [0, 1, 0, 0], [3, 1, 2, 2], [2, 0, 1, 1]])


def ctc(x, t, inputs, lengths, **options):
    return F.ctc_loss(x.log_softmax(-1), t, torch.tensor(inputs), torch.tensor(lengths), **options)


case("ctc", lambda x, t: ctc(x, t, [9, 9, 9, 9], [4, 4, 2, 1]), normal(T, N, C), words)
case("ctc.short", lambda x, t: ctc(x, t, [9, 7, 5, 3], [4, 4, 2, 1], reduction="none"), normal(T, N, C), words)
case("ctc.blank", lambda x, t: ctc(x, t, [9, 8, 9, 9], [4, 3, 2, 4], blank=4, reduction="sum"), normal(T, N, C), words_last_blank)
# Four equal symbols need seven steps; the second row has six.
case("ctc.zeroInfinity", lambda x, t: ctc(x, t, [9, 6, 5, 3], [4, 4, 2, 1], zero_infinity=True), normal(T, N, C), words)
case("ctc.empty", lambda x, t: ctc(x, t, [9, 8, 5, 3], [0, 4, 0, 1], reduction="none"), normal(T, N, C), words)
case("ctc.infinite", lambda x, t: ctc(x, t, [9, 6, 5, 3], [4, 4, 2, 1], reduction="none"), normal(T, N, C), words, differentiable=False)

gaussian, poisson = F.gaussian_nll_loss, F.poisson_nll_loss
variance = lambda *shape: normal(*shape).square() + 0.1
case("gaussian", gaussian, normal(3, 4), normal(3, 4), variance(3, 4))
case("gaussian.full", lambda x, t, v: gaussian(x, t, v, full=True, reduction="none"), normal(3, 4), normal(3, 4), variance(3, 1))
case("gaussian.rows", lambda x, t, v: gaussian(x, t, v, reduction="sum"), normal(3, 4), normal(3, 4), variance(3))
case("gaussian.small", lambda x, t, v: gaussian(x, t, v, eps=0.5, reduction="none"),
     normal(1, 4), normal(1, 4), torch.tensor([[0.0, 0.25, 0.75, 2.0]]))
counts = torch.tensor([[0.0, 1.0, 2.0, 7.0], [3.0, 0.0, 1.0, 0.5], [20.0, 1.5, 4.0, 0.0]])
# PyTorch's gradient of Stirling's formula is NaN for a count of 0.
case("poisson", poisson, normal(3, 4), counts)
case("poisson.full", lambda x, t: poisson(x, t.detach(), full=True, reduction="none"), normal(3, 4), counts)
case("poisson.rates", lambda x, t: poisson(x, t.detach(), log_input=False, full=True, eps=1e-3, reduction="sum"), normal(3, 4).square() + 0.1, counts)
signs = torch.tensor([[1, -1, -1, 1], [-1, 1, -1, -1], [1, 1, -1, 1]])
case("marginRanking", F.margin_ranking_loss, normal(3, 4), normal(3, 4), signs)
case("marginRanking.margin", lambda a, b, y: F.margin_ranking_loss(a, b, y, margin=0.7, reduction="none"), normal(3, 4), normal(3, 4), signs)
ties = torch.tensor([1.0, 2.0, -1.0])
case("marginRanking.ties", lambda a, b, y: F.margin_ranking_loss(a, b, y, reduction="sum"), ties, ties, torch.tensor([1, -1, 1]))
case("hingeEmbedding", F.hinge_embedding_loss, normal(3, 4), signs)
case("hingeEmbedding.margin", lambda x, y: F.hinge_embedding_loss(x, y, margin=0.3, reduction="none"), normal(3, 4), signs)

golden.write(__file__)
