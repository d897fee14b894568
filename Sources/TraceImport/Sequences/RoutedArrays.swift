import Containers
import Diagnostics
import RoutingTrace

/// Sequences whose layers were picked from recorded arrays, without tokens that have no route and without shared
/// experts.
final class RoutedArrays: SequenceSource {
  let header: TraceHeader
  let notes: [String]
  private let arrays: any RoutedArraySource
  private let survey: RouteSurvey
  /// The layers' positions among the recorded ones.
  private let picked: [Int]
  private let shared: Int

  /// - Parameter open: gives the arrays from the first; called again where there are too many to be kept, as what all of
  ///   them hold tells the number of experts, shared ones, and dense layers.
  init(
    sources: [String], format: String, options: ImportOptions,
    open: () throws(InputError) -> any RoutedArraySource
  ) throws(InputError) {
    var survey = RouteSurvey()
    let first = try open()
    let held = HeldArrays()
    while let (array, place) = try first.next() {
      do throws(InputError) { try survey.add(array, options: options) } catch {
        throw error.subject == nil ? error.attributed(to: place) : error
      }
      held.keep(array, place: place)
    }
    guard survey.topK > 0 else { throw InputError(first.emptiness, in: sources[0]) }
    do throws(InputError) { try survey.checkRoutes() } catch { throw error.attributed(to: sources[0]) }
    shared = try survey.sharedColumns(options)
    let experts = survey.experts(shared: shared, options)
    picked = options.layers(ofRecorded: survey.layers)
    notes = first.notes + survey.notes(shared: shared, experts: experts)
    let (name, provenance) = TraceHeader.imported(
      from: sources, format: format, licence: options.licence, notes: notes)
    header = TraceHeader(
      name: name, content: .tokens, provenance: provenance, model: options.model, layerNumbers: picked,
      experts: experts, topK: survey.topK - shared)
    try header.validate()
    self.survey = survey
    arrays = held.areAll ? held : try open()
  }

  /// This as what a format returns.
  var imported: Imported { .sequences(self, notes: notes) }

  func next() throws(InputError) -> RoutedSequence? {
    guard let (array, place) = try arrays.next() else { return nil }
    let sequence = array.routed(layers: picked, shared: shared)
    guard !RoutingStep.isValidRouting(sequence.experts, experts: header.experts, topK: array.topK - shared) else {
      return sequence
    }
    for token in 0..<array.tokens where !array.isUnrouted(token: token, layers: picked) {
      for (layer, recorded) in picked.enumerated() {
        let choice = array.choice(token: token, layer: recorded).dropLast(shared)
        try check(choice, token: token, layer: layer, place: place)
      }
    }
    return sequence
  }

  private func check(_ choice: ArraySlice<UInt16>, token: Int, layer: Int, place: String) throws(InputError) {
    if let bad = choice.first(where: { Int($0) >= header.experts }) {
      let name = bad == RoutedArray.none ? "−1" : "\(bad)"
      throw InputError(
        "token \(token): expert \(name), expected an id below \(header.experts)", in: place, at: .init(layer: layer))
    }
    for (index, expert) in zip(choice.indices, choice) where choice[..<index].contains(expert) {
      let isDense = survey.isEmptyLayer[picked[layer]]
      let hint = isDense ? "; is this a dense layer? --layers picks the MoE layers" : ""
      throw InputError(
        "token \(token): expert \(expert) twice in its top-\(choice.count)\(hint)", in: place, at: .init(layer: layer))
    }
  }
}

/// The number of experts that a largest id suggests: models have multiples of eight, and the last ones may simply not
/// have been chosen.
package func likelyExperts(largestID: Int) -> Int { (largestID + 8) / 8 * 8 }
