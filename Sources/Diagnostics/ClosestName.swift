/// What the user probably meant: the candidate within a third of the name's length in edits, if any; else the only one
/// that begins so.
public func closestName(to name: String, in candidates: some Sequence<String>) -> String? {
  if let whole = closestWhole(to: name, in: candidates) { return whole }
  guard name.count >= 3 else { return nil }
  let limit = max(1, name.count / 6)
  let begun = candidates.filter { candidate in
    candidate.count > name.count && edits(from: name, to: String(candidate.prefix(name.count)), atMost: limit) != nil
  }
  return begun.count == 1 ? begun[0] : nil
}

private func closestWhole(to name: String, in candidates: some Sequence<String>) -> String? {
  let limit = max(1, name.count / 3)
  return
    candidates
    .compactMap { candidate in edits(from: name, to: candidate, atMost: limit).map { (name: candidate, count: $0) } }
    .min { ($0.count, $0.name) < ($1.count, $1.name) }?
    .name
}

/// A sentence part such as `; did you mean 'eplb'?`, or what is known when nothing is close.
public func suggestion(for name: String, in candidates: some Sequence<String>) -> String {
  if let closest = closestName(to: name, in: candidates) { return "; did you mean '\(closest)'?" }
  let known = candidates.sorted().joined(separator: ", ")
  return known.isEmpty ? "" : "; known: \(known)"
}

/// Insertions, deletions, substitutions and swaps of neighbours that make one text of the other, whatever their case
/// (optimal string alignment); nil for more than `limit`, which is found out without counting where the lengths tell.
///
/// - Complexity: O(`a.count` · `b.count`).
private func edits(from a: String, to b: String, atMost limit: Int) -> Int? {
  let (a, b) = (Array(a.lowercased()), Array(b.lowercased()))
  guard abs(a.count - b.count) <= limit else { return nil }
  var (beforeLast, last, row) = ([Int](), Array(0...b.count), Array(0...b.count))
  for i in a.indices {
    row[0] = i + 1
    for j in b.indices {
      row[j + 1] = min(row[j] + 1, last[j + 1] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { row[j + 1] = min(row[j + 1], beforeLast[j - 1] + 1) }
    }
    (beforeLast, last, row) = (last, row, i == 0 ? row : beforeLast)
  }
  return last[b.count] <= limit ? last[b.count] : nil
}
