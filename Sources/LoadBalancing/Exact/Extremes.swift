extension [Int] {
  /// The first place of the greatest.
  var indexOfGreatest: Int {
    var found = 0
    for index in indices where self[index] > self[found] { found = index }
    return found
  }

  /// The first place of the least.
  var indexOfLeast: Int {
    var found = 0
    for index in indices where self[index] < self[found] { found = index }
    return found
  }
}
