import Charts
import Studies

/// What `report` makes of a study's store: how often balancing pays and with which policy, where the verdict flips, and
/// how much it matters which recording one looks at.
public struct StudyReport: Report {
  let name: String
  let survey: StudySurvey

  /// - Parameter name: of the study.
  public init(_ survey: StudySurvey, of name: String) {
    self.name = name
    self.survey = survey
  }

  public var title: String { "Study \(name)" }

  private struct Content: Encodable, Sendable {
    var study: String
    var settings: Int
    var verdicts: [String: Int]
    var policies: [StudyRegret.Policy]
    var stability: [StudySurvey.Stability]
  }

  public var content: ReportContent {
    .object(
      Content(
        study: name, settings: survey.settings,
        verdicts: Dictionary(uniqueKeysWithValues: Verdict.allCases.map { ($0.rawValue, survey.verdicts[$0] ?? 0) }),
        policies: survey.regret.policies, stability: survey.stability))
  }

  var headline: String {
    let counts = Verdict.allCases.reversed().map { verdict in
      "\(verdict.rawValue.replacing("-", with: " ")) in \(Readable.count(survey.verdicts[verdict] ?? 0))"
    }
    return
      "Balancing in \(Readable.count(survey.settings, "setting")): \(counts.joined(separator: ", ")). \(everywhere)"
  }

  /// The policy to run where only one can be.
  private var everywhere: String {
    guard let least = survey.regret.policies.first else { return "Nothing could be replayed." }
    return
      "One policy everywhere: \(least.policy), \(Readable.percent(least.mean)) slower than the best of each setting "
      + "on average, \(Readable.percent(least.worst)) at worst"
      + (least.failures == 0 ? "." : "; it cannot be replayed in \(Readable.count(least.failures, "setting")).")
  }

  public var blocks: [ReportBlock] {
    [.headline(headline), .line()] + StudyRegretReport(survey.regret).blocks
      + survey.maps.flatMap { map -> [ReportBlock] in
        let report = StudyMapReport(map)
        return [.line(), .line(report.axes)] + report.blocks.dropFirst(2)
      }
  }

  public var records: Records { get throws { try StudyRegretReport(survey.regret).records } }

  public func page() throws -> String { try studyPage(self) }
}
