import Diagnostics

extension [Machine] {
  /// Each of them with each number of ranks, machine by machine; as they are when none is given.
  ///
  /// - Throws: `InputError` (usage) for two of one name and size, which no report could tell apart, and for ranks that a
  ///   cluster cannot have.
  public func sized(_ ranks: [Int]) throws(InputError) -> [Machine] {
    var machines = ranks.isEmpty ? self : []
    for machine in self {
      for size in ranks {
        machines.append(try machine.map { cluster throws(InputError) in try cluster.resized(ranks: size) })
      }
    }
    for (index, machine) in machines.enumerated()
    where machines[..<index].contains(where: { $0.name == machine.name && $0.ranks == machine.ranks }) {
      throw InputError(
        "two clusters of this name have \(machine.ranks) ranks; leave one out, or give it another name",
        in: "cluster \(machine.name)", status: .usage)
    }
    return machines
  }
}
