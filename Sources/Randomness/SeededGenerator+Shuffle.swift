extension SeededGenerator {
  /// Puts the elements in a random order, any as likely as any other (Fisher and Yates): from the first place on, each
  /// takes one of the elements not placed yet.
  ///
  /// - Complexity: O(`elements.count`).
  public mutating func shuffle<Element>(_ elements: inout [Element]) {
    for place in elements.indices.dropLast() {
      elements.swapAt(place, place + below(elements.count - place))
    }
  }

  /// The elements in a random order, any as likely as any other.
  public mutating func shuffled<Element>(_ elements: some Sequence<Element>) -> [Element] {
    var elements = Array(elements)
    shuffle(&elements)
    return elements
  }
}
