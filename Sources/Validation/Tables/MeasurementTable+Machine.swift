import Diagnostics
import PerformanceModel

extension MeasurementTable {
  /// - Throws: `InputError` (usage) when the rows are of several machines.
  var onlyMachine: Cluster {
    get throws(InputError) {
      guard machines.count == 1 else {
        let names = machines.map(\.name).joined(separator: ", ")
        throw InputError("a fit is of one machine, but the rows are of \(names)", in: name, status: .usage)
      }
      return machines[0]
    }
  }
}
