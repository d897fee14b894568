/// Whole numbers in descending order, by how many there are of each: no comparison depends on the data.
struct WholeOrder {
  /// `[largest + 1]` how many numbers are so large.
  private var times: [Int32]
  private let count: Int

  /// Nil where the numbers are so large that to count them takes longer than to compare them.
  ///
  /// - Parameter numbers: whole and not negative, at least one.
  init?(_ numbers: [Double]) {
    let largest = numbers.max() ?? 0
    guard largest < Double(16 * numbers.count) else { return nil }
    times = Array(repeating: 0, count: Int(largest) + 1)
    for number in numbers { times[Int(number)] += 1 }
    count = numbers.count
  }

  /// - Parameter place: 0 for the largest.
  subscript(place: Int) -> Double {
    var before = 0
    for number in times.indices.reversed() {
      before += Int(times[number])
      if place < before { return Double(number) }
    }
    preconditionFailure("no number has this place")
  }

  /// `[count]`.
  var descending: [Double] {
    var numbers: [Double] = []
    numbers.reserveCapacity(count)
    for number in times.indices.reversed() where times[number] > 0 {
      numbers += repeatElement(Double(number), count: Int(times[number]))
    }
    return numbers
  }

  /// The sum of the smallest numbers.
  ///
  /// - Parameter place: of the first of them, at most the count.
  func sum(from place: Int) -> Double {
    var (left, sum) = (count - place, 0)
    for (number, times) in times.enumerated() where left > 0 {
      let taken = min(left, Int(times))
      sum += taken * number
      left -= taken
    }
    return Double(sum)
  }
}
