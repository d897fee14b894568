/// A chart as a page shows it: what it is called, and what there is to see.
struct DrawnChart: Sendable {
  /// A word that names it on the page.
  let id: String
  let title: String
  /// What is lacking where there is no drawing; nil for a chart that a page without its data does not mention.
  let missing: String?
  /// Whether it takes the page's whole width.
  let isWide: Bool
  /// Whether others stand beside it one below the other.
  let isTall: Bool
  let drawing: Drawing?

  init(
    _ id: String, _ title: String, missing: String?, isWide: Bool = false, isTall: Bool = false, drawing: Drawing?
  ) {
    self.id = id
    self.title = title
    self.missing = missing
    self.isWide = isWide
    self.isTall = isTall
    self.drawing = drawing
  }

  /// Whether the page has a place for it.
  var isMentioned: Bool { drawing != nil || missing != nil }
}
