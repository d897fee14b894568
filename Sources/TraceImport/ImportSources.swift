import Diagnostics

/// Refuses anything but the expected number of sources.
package func requireSources(_ sources: [String], _ range: ClosedRange<Int>, _ format: String) throws(InputError) {
  if !range.contains(sources.count) {
    let expected = range.lowerBound == range.upperBound ? "\(range.lowerBound)" : "\(range.lowerBound) or more"
    throw InputError("\(format) takes \(expected) source files, not \(sources.count)", status: .usage)
  }
}
