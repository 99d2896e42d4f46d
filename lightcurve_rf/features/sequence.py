"""Features of the order in time: slopes, trends, runs.

With N points (t, m) in time order, m̄ and σ mean and standard deviation (over N):

Con                share of the N − 2 runs of three points that all lie beyond 2σ [W]
Eta_e              ⟨w⟩ (t_N − t₁)² Σ w Δm² / (σ² N² Σ w), w = 1/Δt² of neighbours [K14]
LinearTrend        slope of the least-squares line, mag/day [R]
MaxSlope           largest |Δm/Δt| of neighbours [R]
PairSlopeTrend     (rising steps − all others) / min(N, 30) among the last 30 points [R];
                   FATS divides by 30 however few there are
Rcs                range of the cumulative sum of (m − m̄) / (N σ) [E]

Two points at one time have no slope: such pairs are left out. [E] Ellaway 1978,
Electroenceph. Clin. Neurophys. 45, 302. [K14] Kim et al. 2014, A&A 566, A43. [R] Richards et al.
2011, ApJ 733, 10. [W] Wozniak 2000, Acta Astron. 50, 421.
"""

from lightcurve_rf.features.arithmetic import cumulative_range, kernel, ratio

NAMES = ("Con", "Eta_e", "LinearTrend", "MaxSlope", "PairSlopeTrend", "Rcs")

_LAST = 30


@kernel
def describe(seen, out):  # type: ignore[no-untyped-def]
    """Write the features, shape (F,), of the points seen."""
    time, sums = seen.time, seen.sums
    out[0] = _consecutive(seen.centred, 2 * seen.std)
    # Σ w Δm² is the sum of squared slopes, and ⟨w⟩ / Σ w the number of steps inverted.
    scale = ratio(time[-1] - time[0], len(time) * seen.std)
    out[1] = scale**2 * ratio(sums.squares, sums.slopes)
    out[2] = ratio(sums.shared, sums.breadth)
    out[3] = sums.steepest
    out[4] = _pair_trend(seen.centred[-_LAST:])
    out[5] = cumulative_range(seen.centred, seen.std)


@kernel
def _consecutive(centred, limit):  # type: ignore[no-untyped-def]
    run, runs = 0, 0
    for value in centred:
        run = run + 1 if abs(value) > limit else 0
        runs += run >= 3
    return runs / (len(centred) - 2)


@kernel
def _pair_trend(last):  # type: ignore[no-untyped-def]
    rising = 0
    for i in range(1, len(last)):
        rising += last[i] > last[i - 1]
    return (2 * rising - (len(last) - 1)) / len(last)
