import Foundation
import Studies

/// What `plan` prints before it writes: how even the plan is as its system serves it, beside others; and with `--diff` what
/// must move from the plan in force.
public struct PlanReport: Report {
  let outcome: PlanOutcome
  private var served: ServedPlans { outcome.served }

  public init(_ outcome: PlanOutcome) { self.outcome = outcome }

  public var title: String { "Balance as \(served.target) serves it" }

  /// The difference's figures stand at the top, bytes when the model is known, and microseconds when its cluster is.
  public var content: ReportContent {
    .object(
      Content(
        served: Content.Served(served), difference: outcome.difference,
        perLayer: outcome.difference.map(Content.layers)))
  }

  public var blocks: [ReportBlock] {
    let table = TextTable(
      columns: [
        .left("plan"), .right("slots"), .right("balance"), .right("worst layer"), .right("experts moved"),
        .right("tolerates"), .right("lost"),
      ],
      rows: served.plans.map { plan in
        let worst = plan.worst.map { "\(Self.figure($0.balancedness)) (\($0.layer))" } ?? "-"
        return [
          plan.name, String(plan.slots), Self.figure(plan.balancedness), worst, Readable.count(plan.movedExperts),
          Readable.count(plan.resilience.toleratedFailures),
          plan.resilience.lost(failures: 1).map(Readable.significant) ?? "-",
        ]
      })
    let steps = served.steps.map { Readable.count($0, "step") } ?? "the load as one step"
    return [
      .line("\(title) (\(served.replicaRule)), \(steps)"), .line(), .table(table), .line(),
      .paragraph(
        "balance: mean / most loaded rank; moved: once for each rank that lacks the expert, from what servers start with; "
          + "tolerates: ranks that may fail, whichever they are, with no expert lost; lost: experts of a layer that the "
          + "failure of one rank loses"
      ),
    ] + (outcome.difference.map { [.line()] + PlanDifferenceBlocks($0).blocks } ?? [])
  }

  /// A row for each layer of each plan; with `--diff` one for each layer, with what must move.
  public var records: Records {
    get throws {
      if let difference = outcome.difference {
        return try Records(Content.layers(difference).map { (["layer": String($0.layer)], $0) })
      }
      return try Records(
        Content.Served(served).plans.flatMap { plan in
          plan.perLayer.map { (["plan": plan.name, "layer": String($0.layer)], $0) }
        })
    }
  }

  private static func figure(_ value: Double?) -> String { value.map { String(format: "%.4f", $0) } ?? "-" }
}

extension PlanReport {
  fileprivate struct Content: Encodable, Sendable {
    struct Served: Encodable, Sendable {
      struct Layer: Encodable, Sendable {
        let layer: Int
        let balancedness: Double?
        let movedExperts: Int
      }

      struct Resilience: Encodable, Sendable {
        let toleratedFailures: Int
        let expectedLost: [String: Double]
      }

      struct Plan: Encodable, Sendable {
        let name: String
        let slots: Int
        let balancedness: Double?
        let worst: Layer?
        let movedExperts: Int
        let perLayer: [Layer]
        let resilience: Resilience
      }

      let target: String
      let replicaRule: String
      let steps: Int?
      let warning: String?
      let plans: [Plan]

      init(_ served: ServedPlans) {
        func layer(_ layer: ServedPlans.Layer) -> Layer {
          Layer(layer: layer.layer, balancedness: layer.balancedness, movedExperts: layer.movedExperts)
        }
        target = served.target
        replicaRule = served.replicaRule
        steps = served.steps
        warning = served.warning
        plans = served.plans.map {
          Plan(
            name: $0.name, slots: $0.slots, balancedness: $0.balancedness, worst: $0.worst.map(layer),
            movedExperts: $0.movedExperts, perLayer: $0.perLayer.map(layer),
            resilience: Resilience(
              toleratedFailures: $0.resilience.toleratedFailures, expectedLost: $0.resilience.expectedLost))
        }
      }
    }

    struct Layer: Encodable, Sendable {
      let layer: Int
      let experts: Int
      let bytes: Double?
    }

    let served: Served
    let ranks: Int?
    let experts: Int?
    let bytes: Double?
    let mostPerRank: Int?
    let time: Double?
    let perLayer: [Layer]?

    init(served: Served, difference: PlanDifference?, perLayer: [Layer]?) {
      self.served = served
      ranks = difference?.ranks
      experts = difference?.experts
      bytes = difference?.bytes
      mostPerRank = difference?.mostPerRank
      time = difference?.time
      self.perLayer = perLayer
    }

    static func layers(_ difference: PlanDifference) -> [Layer] {
      difference.perLayer.map { Layer(layer: $0.layer, experts: $0.experts, bytes: $0.bytes) }
    }
  }
}
