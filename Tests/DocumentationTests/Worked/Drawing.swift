import Randomness

/// Ten numbers in an order that is the same everywhere.
func drawnOrder() -> [Int] {
  var generator = SeededGenerator(seed: 42)
  let order = generator.shuffled(0..<10)
  return order
}
