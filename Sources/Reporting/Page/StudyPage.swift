import Charts
import Mustache
import Studies

/// One self-contained page of a study's report.
func studyPage(_ report: StudyReport) throws -> String {
  let survey = report.survey
  return try ChartsPage(
    title: report.title, headline: report.headline,
    charts: [survey.gains, survey.regretChart, survey.stabilityChart]
      + survey.maps.enumerated().flatMap { number, map in StudyMapReport(map).charts(number: number) },
    notes: StudyMapReport.key + "."
  ).text
}

extension StudySurvey {
  /// Rows of a matrix, and policies, that a page has room for.
  private static let mostRows = 60
  private static let mostPolicies = 12

  private var policyNames: TellingNames { TellingNames(regret.policies.map(\.policy)) }

  private var shown: ArraySlice<Stability> { stability.prefix(Self.mostPolicies) }

  private func left(_ count: Int, of all: Int, _ noun: String) -> String? {
    all > count ? "\(Readable.count(all - count)) more \(noun) are in the store." : nil
  }

  /// Recordings × policies.
  fileprivate var gains: DrawnChart {
    let (all, policies) = (TellingNames(recordings), policyNames)
    let names = recordings.prefix(Self.mostRows)
    let matrix = GainMatrix(
      "recording", rows: names.map { .init(all[$0].shortened(to: 64)) },
      columns: shown.map { .init(policies[$0.policy].shortened()) },
      cells: names.map { name in
        shown.map { policy in
          policy.gains[name].map { GainMatrix.Cell($0, text: Readable.signedPercent($0)) }
        }
      })
    let best = stability.max { ($0.faster, $0.mean) < ($1.faster, $1.mean) }
    let reading = best.map { best in
      "\(policies[best.policy].shortened()) is faster than the baseline on \(best.faster) of \(best.gains.count) recordings."
    }
    return DrawnChart(
      "gains", "Gain of every policy on every recording", missing: "Nothing was replayed beside the baseline.",
      isWide: true,
      drawing: reading.map {
        Drawing(
          reading: $0, panels: [.init(picture: matrix.table(label: "Gain of every policy on every recording"))],
          legend: Drawing.gainLegend,
          notes: [
            "Total time saved over the baseline, the mean over a recording's settings.",
            left(Self.mostRows, of: recordings.count, "recordings"),
            left(Self.mostPolicies, of: stability.count, "policies"),
          ].compactMap(\.self))
      })
  }

  /// What it costs to run one policy everywhere.
  fileprivate var regretChart: DrawnChart {
    let names = policyNames
    let policies = regret.policies.prefix(Self.mostPolicies)
    let rows = policies.map {
      RowPlot.Row(names[$0.policy].shortened(to: RowPlot.longestName), value: Readable.percent($0.mean))
    }
    let picture = RowPlot(
      rows, x: Axis("slower than the best policy of each setting", .share, policies.map(\.worst), fromZero: true))
    let least = policies.first
    return DrawnChart(
      "regret", "One policy everywhere", missing: "Nothing was replayed.",
      drawing: least.map { least in
        let reading =
          "\(names[least.policy].shortened()) costs least where one policy has to do everywhere: \(Readable.percent(least.mean)) on average."
        return Drawing(
          reading: reading,
          panels: [
            .init(
              picture: picture.svg(label: "Regret of every policy. \(reading)") { row in
                picture.plot.interval(
                  Plot.Series(colour: 1, name: ""), policies[row].mean, policies[row].mean, policies[row].worst,
                  at: picture.middle(of: row), policies[row].policy)
              })
          ],
          notes: [
            "The mark is the mean over settings, the whisker ends at the worst one.",
            policies.contains { $0.failures > 0 }
              ? "Policies that could be replayed in most settings come first; of the others only those settings count."
              : nil,
          ].compactMap(\.self))
      })
  }

  /// How a policy's gain differs between recordings.
  fileprivate var stabilityChart: DrawnChart {
    let names = policyNames
    let rows = shown.map {
      RowPlot.Row(names[$0.policy].shortened(to: RowPlot.longestName), value: Readable.signedPercent($0.mean))
    }
    let picture = RowPlot(
      rows, x: Axis("time saved in total", .share, shown.flatMap { Array($0.gains.values) }, fromZero: true))
    let steady = shown.filter { $0.faster == $0.gains.count }.map { names[$0.policy].shortened() }
    let reading =
      steady.isEmpty
      ? "No policy is faster than the baseline on all recordings."
      : "Faster than the baseline on all recordings: \(steady.joined(separator: ", "))."
    return DrawnChart(
      "stability", "How much the recording matters", missing: "One recording alone was replayed.",
      drawing: recordings.count < 2 || shown.isEmpty
        ? nil
        : Drawing(
          reading: reading,
          panels: [
            .init(
              picture: picture.svg(
                label: "Gains over recordings. \(reading)", behind: picture.plot.upright(at: 0)
              ) { row in
                let policy = shown[shown.startIndex + row]
                return picture.plot.interval(
                  Plot.Series(colour: 1, name: ""), policy.mean, policy.gains.values.min(), policy.gains.values.max(),
                  at: picture.middle(of: row), policy.policy)
              })
          ],
          notes: [
            "The mark is the mean over recordings, the whisker goes from the recording with the least gain to that with "
              + "the most; right of the dashed line is faster."
          ]))
  }
}
