import Foundation
import Replay
import Studies

/// The ten lines of a screening.
struct ScreenLines {
  let screening: Screening

  init(_ screening: Screening) { self.screening = screening }

  var lines: [(name: String, text: String)] {
    [
      ("Verdict", verdict), ("Policy", policy), ("Saves", saves), ("Prices", prices), ("Memory", memory),
      ("Break-even", breakEven), ("Experts", experts), ("Decides", decides), ("Flips", flips), ("Evidence", evidence),
    ]
  }

  private var choice: Screening.Choice? { screening.choice }

  private var verdict: String {
    let gain = choice?.steady.map { Readable.speed($0.total, low: $0.totalLow, high: $0.totalHigh) }
    let steady = gain.map { "; once its plans serve the best is \($0) than \(screening.baseline)" } ?? ""
    return "\(screening.verdict.rawValue.replacing("-", with: " ")): \(screening.finding.sentence)\(steady)"
  }

  private var policy: String {
    guard let choice else { return "none can be ranked" }
    return "--policy \(choice.policy) (\(Readable.count(choice.slotsPerRank, "slot")) a rank, "
      + "\(choice.redundantSlotsPerRank) redundant; the first half promised \(Readable.signedPercent(choice.promised)))"
  }

  private var saves: String {
    guard let perStep = choice?.perStep else { return Readable.nothing }
    var text = "\(Readable.time(perStep.saved)) a step"
    if let low = perStep.savedLow, let high = perStep.savedHigh {
      text += " (\(Readable.time(low))…\(Readable.time(high)))"
    }
    guard let serving = perStep.serving else { return text + ", of the MoE layers; --context adds tokens/s" }
    text += ", \(rate(serving.tokensPerSecondBefore)) → \(rate(serving.tokensPerSecond)) tokens/s"
    if let low = serving.tokensPerSecondLow, let high = serving.tokensPerSecondHigh {
      text += " (\(rate(low))…\(rate(high)))"
    }
    return text
  }

  private func rate(_ tokens: Double) -> String { Readable.count(whole: tokens) }

  private var prices: String {
    guard let improvement = choice?.improvement, let low = improvement.totalPriceLow,
      let high = improvement.totalPriceHigh
    else { return Readable.nothing }
    return "within their errors \(Readable.signedPercent(low))…\(Readable.signedPercent(high)) of the whole half; the "
      + "sign flips in \(Readable.percent(improvement.signFlips ?? 0)) of draws"
  }

  private var memory: String {
    guard let memory = choice?.memory else { return Readable.nothing }
    guard memory.replicaBytesPerRank > 0 else { return "no replicas" + arrivals(memory) + failures }
    let kept =
      memory.keyValueTokensPerRank.map {
        ", the keys and values of \(Readable.count(whole: $0)) tokens"
      } ?? ""
    return
      "\(Readable.bytes(memory.replicaBytesPerRank)) of replicas a rank in all MoE layers\(kept)\(arrivals(memory))\(failures)"
  }

  private var failures: String {
    guard let resilience = choice?.resilience else { return "" }
    if resilience.toleratedFailures > 0 {
      return "; no expert is lost with any \(Readable.count(resilience.toleratedFailures, "failed rank"))"
    }
    return resilience.lost(failures: 1).map { "; a failed rank loses \(Readable.significant($0)) experts a layer" }
      ?? ""
  }

  private func arrivals(_ memory: Screening.Memory) -> String {
    memory.arrivalBytesPerRank.map { $0 > 0 ? "; \(Readable.bytes($0)) for experts on their way" : "" } ?? ""
  }

  private var breakEven: String {
    guard let breakEven = choice?.breakEven else { return Readable.nothing }
    guard let steps = breakEven.steps, let seconds = breakEven.seconds else { return "never" }
    let about = breakEven.extrapolated == true ? "about " : ""
    return "after \(about)\(Readable.count(steps, "step")), \(Self.minutes(seconds)); the horizon is "
      + Self.minutes(screening.horizon)
  }

  /// Minutes, or what is shorter than one.
  static func minutes(_ seconds: Double) -> String {
    seconds < 60 ? Readable.time(seconds * 1e6) : "\(Readable.significant(seconds / 60)) min"
  }

  private var experts: String {
    let hot = screening.hotExperts
    func share(_ value: Double?) -> String { value.map(Readable.percent) ?? Readable.nothing }
    return "\(share(hot.stayNext)) of hot experts stay hot in the next \(Readable.count(hot.stretch, "step")), "
      + "\(share(hot.stayHalf)) from half to half (correlation "
      + (hot.correlation.map { Readable.number($0, decimals: 2) } ?? Readable.nothing)
      + "); max/mean load \(Readable.number(hot.skewness, decimals: 2))"
  }

  private var decides: String {
    guard let decides = choice?.decides else { return Readable.nothing }
    let parts = [
      ("communication", decides.communication), ("expert memory", decides.memory), ("arithmetic", decides.arithmetic),
      ("moves", decides.moves),
    ].map { "\($0.0) \(Readable.signedPercent($0.1))" }
    let name = decides.by == "memory" ? "expert memory" : decides.by
    return "\(name); of static's time it saves: \(parts.joined(separator: ", "))"
      .replacing("static's", with: "\(screening.baseline)'s")
  }

  private var flips: String {
    let ridge = screening.ridge?.tokensAtRidge.map { tokens in
      "the ridge is at \(Readable.count(whole: tokens)) tokens a step, now "
        + Readable.count(whole: screening.ridge?.tokensPerStep ?? 0)
    }
    guard !screening.flips.isEmpty else {
      return ["nothing that was tried turns it", ridge].compactMap(\.self).joined(separator: "; ")
    }
    return (screening.flips.map(\.text) + [ridge].compactMap(\.self)).joined(separator: "; ")
  }

  private var evidence: String {
    let evidence = screening.evidence
    if let stood = evidence.stoodFrom, let halves = screening.halves {
      return "the verdict stood from \(Readable.count(stood)) of \(Readable.count(halves.heldBackSteps, "step")) held "
        + "back (\(halves.heldBack)) on"
    }
    let steps = evidence.steps.map { "; about \(Readable.count($0, "recorded step")) would be enough" } ?? ""
    let horizon = evidence.horizon.map { "; \(Self.minutes($0)) would be enough" } ?? ""
    return "not enough: \(evidence.shortage ?? "")\(steps)\(horizon)"
  }
}

extension Finding {
  var sentence: String {
    switch self {
    case .gains: "the gain is sure and pays for itself in time"
    case .loses: "the best that was tried surely loses"
    case .tooLittle: "the gain is surely below \(Readable.percent(VerdictRule.leastWorthwhile))"
    case .unsure: "the gain may be a loss, and may be worthwhile"
    case .paysTooLate: "the gain is sure, but does not pay for itself within the horizon"
    case .noInterval: "the steps tell too little"
    case .tooShort: "the recording is too short"
    case .nothingActed: "no strategy moved an expert"
    case .stepsDrawn: "steps were drawn, and do not follow each other as a policy would find them"
    }
  }
}

extension Screening.Flip {
  var text: String {
    let times = "× \(Readable.significant(factor))"
    let then = value.map(Readable.significant) ?? ""
    return switch cause {
    case .links: "links \(times) (\(then) GB/s)"
    case .memoryBandwidth: "memory bandwidth \(times) (\(then) GB/s)"
    case .batch: "batch \(times) (\(value.map { Readable.count(whole: $0) } ?? "") tokens a step)"
    case .skew: "popularity to the power of \(Readable.significant(factor)) (max/mean \(then))"
    }
  }
}
