import ArgumentParser
import ExpertReplay

/// Which steps are drawn of those that are looked at.
struct DrawOptions: ParsableArguments {
  @Option(
    help: """
      Draw so many of these steps, as in uniform:64 or imbalance:64,seed=1: by \(StepWeights.names.joined(separator: ", ")). \
      The same ones, however the trace is cut into files.
      """, completion: .list(StepWeights.names.map { "\($0):" }))
  var select: String?

  var draw: StepDraw? {
    get throws { try select.map { text throws(InputError) in try StepDraw(text) } }
  }

  func validate() throws {
    do throws(InputError) { _ = try select.map { text throws(InputError) in try StepDraw(text) } } catch {
      throw ValidationError(error.description)
    }
  }
}
