import PerformanceModel

extension LayerOutcome {
  /// Hands every figure to `body`, in an order that stays: to write them down, or to fill them in.
  package mutating func forEachFigure(_ body: (inout Double) -> Void) {
    body(&cost.dispatch)
    body(&cost.combine)
    body(&cost.scaleUpBytes)
    body(&cost.scaleOutBytes)
    body(&cost.bound)
    Self.hand(&cost.rounds, to: body)
    var entries = cost.routingEntries.map(Double.init)
    Self.hand(&entries, to: body)
    cost.routingEntries = entries.flatMap(Int.init(exactly:))
    body(&cost.fixed)
    body(&time.dispatch)
    body(&time.experts)
    body(&time.combine)
    var experts = expertCost ?? ExpertCost(time: .nan)
    body(&experts.time)
    body(&experts.memory)
    body(&experts.math)
    body(&experts.usefulMath)
    body(&experts.touchedExperts)
    body(&experts.fixed)
    body(&experts.waiting)
    body(&experts.besideDispatch)
    expertCost = experts.time.isNaN ? nil : experts
    var decode = isDecode ? 1.0 : 0
    body(&decode)
    isDecode = decode == 1
    body(&twoBatchTime)
    body(&tokens)
    body(&rankCopies)
    body(&nodeCopies)
    var nodes = Double(mostNodes)
    body(&nodes)
    mostNodes = Int(exactly: nodes) ?? 0
    for peak in [\LayerOutcome.rank, \.slot, \.expert, \.node] {
      body(&self[keyPath: peak].maximum)
      body(&self[keyPath: peak].mean)
    }
    body(&rankLoadBound)
    body(&equalShareBound)
    body(&time.balancing)
    body(&time.stall)
    var balancing = balancing ?? LayerBalancing.absent
    for figure in LayerBalancing.figures { body(&balancing[keyPath: figure]) }
    self.balancing = balancing.fetched.isNaN ? nil : balancing
  }

  /// A figure that is absent is not a number.
  private static func hand(_ figure: inout Double?, to body: (inout Double) -> Void) {
    var value = figure ?? .nan
    body(&value)
    figure = value.isNaN ? nil : value
  }

  package static let figureCount = LayerOutcome().figures.count

  package var figures: [Double] {
    var (copy, figures) = (self, [Double]())
    copy.forEachFigure { figures.append($0) }
    return figures
  }

  /// - Precondition: `figureCount` of them, as `figures` gives them.
  package init(figures: some RandomAccessCollection<Double>) {
    self.init()
    var place = figures.startIndex
    forEachFigure {
      $0 = figures[place]
      place = figures.index(after: place)
    }
  }
}

extension LayerBalancing {
  /// What is written down where there is none.
  fileprivate static let absent: LayerBalancing = {
    var absent = LayerBalancing()
    absent.fetched = .nan
    return absent
  }()

  fileprivate static let figures: [WritableKeyPath<LayerBalancing, Double> & Sendable] = [
    \.fetched, \.fetchedAcross, \.busiestPort, \.mostArrivals, \.homePeak, \.fetchTime, \.shownFetch, \.saved,
  ]
}
