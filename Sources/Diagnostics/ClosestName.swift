/// What the user probably meant: the candidate within a third of the name's length in edits, if any; else the only one
/// that begins so.
public func closestName(to name: String, in candidates: some Sequence<String>) -> String? {
  if let whole = closestWhole(to: name, in: candidates) { return whole }
  guard name.count >= 3 else { return nil }
  let begun = candidates.filter { $0.count > name.count && isClose(name, String($0.prefix(name.count))) }
  return begun.count == 1 ? begun[0] : nil
}

private func isClose(_ name: String, _ other: String) -> Bool {
  editDistance(name.lowercased(), other.lowercased()) <= max(1, name.count / 6)
}

private func closestWhole(to name: String, in candidates: some Sequence<String>) -> String? {
  let limit = max(1, name.count / 3)
  return
    candidates
    .map { (name: $0, distance: editDistance(name.lowercased(), $0.lowercased())) }
    .filter { $0.distance <= limit }
    .min { ($0.distance, $0.name) < ($1.distance, $1.name) }?
    .name
}

/// A sentence part such as `; did you mean 'eplb'?`, or what is known when nothing is close.
public func suggestion(for name: String, in candidates: some Sequence<String>) -> String {
  if let closest = closestName(to: name, in: candidates) { return "; did you mean '\(closest)'?" }
  let known = candidates.sorted().joined(separator: ", ")
  return known.isEmpty ? "" : "; known: \(known)"
}

/// Optimal string alignment distance: insertions, deletions, substitutions and swaps of neighbours.
///
/// - Complexity: O(`a.count` · `b.count`).
func editDistance(_ a: String, _ b: String) -> Int {
  let a = Array(a)
  let b = Array(b)
  var beforeLast = [Int]()
  var last = Array(0...b.count)
  for i in a.indices {
    var row = [i + 1]
    for j in b.indices {
      var best = min(row[j] + 1, last[j + 1] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { best = min(best, beforeLast[j - 1] + 1) }
      row.append(best)
    }
    (beforeLast, last) = (last, row)
  }
  return last[b.count]
}
