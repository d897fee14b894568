/// What steps came to, bin by bin: as many bins as a chart has room for, whatever the number of steps.
///
/// Where there is no room for another bin, neighbours are put together, and bins are twice as long from then on. What is
/// in a bin depends on nothing but its steps.
package struct StepBins {
  /// A power of two.
  package static let most = 256

  /// Sums over steps; microseconds where nothing else is said.
  package struct Bin {
    package var steps = 0
    package var dispatch = 0.0
    package var experts = 0.0
    package var combine = 0.0
    package var migration = 0.0
    package var prediction = 0.0
    package var total = 0.0
    /// The largest total, no sum.
    package var longest = 0.0
    /// Of layers that had load, counted.
    package var loadedLayers = 0
    /// Most loaded rank over the mean, summed over those layers.
    package var hottest = 0.0
    /// The largest of these.
    package var hottestMost = 1.0
    package var plans = 0
    package var arrivals = 0

    package init() {}

    mutating func add(_ other: Bin) {
      steps += other.steps
      dispatch += other.dispatch
      experts += other.experts
      combine += other.combine
      migration += other.migration
      prediction += other.prediction
      total += other.total
      longest = max(longest, other.longest)
      loadedLayers += other.loadedLayers
      hottest += other.hottest
      hottestMost = max(hottestMost, other.hottestMost)
      plans += other.plans
      arrivals += other.arrivals
    }
  }

  package private(set) var bins: [Bin] = []
  package private(set) var stepsPerBin = 1

  package init() {}

  /// Takes in the next step.
  package mutating func add(_ step: Bin) {
    if bins.last?.steps ?? stepsPerBin < stepsPerBin {
      bins[bins.count - 1].add(step)
      return
    }
    if bins.count == Self.most {
      bins = stride(from: 0, to: bins.count, by: 2).map { first in
        var bin = bins[first]
        bin.add(bins[first + 1])
        return bin
      }
      stepsPerBin *= 2
    }
    bins.append(step)
  }
}

extension PolicyResult.Details.Steps {
  init(_ bins: [StepBins.Bin]) {
    func means(_ sum: KeyPath<StepBins.Bin, Double>) -> [Double] {
      bins.map { $0[keyPath: sum] / Double(max(1, $0.steps)) }
    }
    self.init(
      dispatch: means(\.dispatch), experts: means(\.experts), combine: means(\.combine), migration: means(\.migration),
      prediction: means(\.prediction), total: means(\.total), longest: bins.map(\.longest),
      hottest: bins.map { $0.loadedLayers > 0 ? $0.hottest / Double($0.loadedLayers) : 1 },
      hottestMost: bins.map(\.hottestMost), plans: bins.map(\.plans), arrivals: bins.map(\.arrivals))
  }
}
