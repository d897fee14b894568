/// A grid of shades within a plot, stretched over all of it.
package struct HeatMarks: Sendable {
  package let columns: Int
  package let rows: Int
  /// `[rows][columns]` shades.
  private let shades: [Int]

  /// - Parameter shade: of a row and a column.
  package init(columns: Int, rows: Int, shade: (Int, Int) -> Int) {
    self.columns = columns
    self.rows = rows
    shades = (0..<rows).flatMap { row in (0..<columns).map { shade(row, $0) } }
  }

  /// Runs of one shade along the rows, as lines that are one row thick; row 0 at the top.
  package func path(of shade: Int) -> String {
    var path = ""
    for row in 0..<rows {
      var column = 0
      while column < columns {
        guard shades[row * columns + column] == shade else {
          column += 1
          continue
        }
        let start = column
        while column < columns, shades[row * columns + column] == shade { column += 1 }
        path += "M\(start) \(row)h\(column - start)"
      }
    }
    return path
  }

  /// - Parameters:
  ///   - names: classes of the shades; `fill` is that of the ground.
  ///   - data: attributes for the page's script.
  ///   - rowLines: rows above which a line is drawn, and `columnLines` columns left of which.
  package func svg(
    in plot: Plot, names: [String] = HeatScale.shades.map(\.0), fill: Int = HeatScale.even, data: HeatData,
    rowLines: [Int] = [], columnLines: [Int] = []
  ) -> Markup {
    var marks = Markup.element(
      "rect", ["class": "ground \(names[fill])", "width": "\(columns)", "height": "\(rows)"])
    for (shade, name) in names.enumerated() where shade != fill {
      marks.add(
        "path",
        ["class": "cells \(name)", "data-shade": "\(shade)", "transform": "translate(0 .5)", "d": path(of: shade)])
    }
    let lines = rowLines.map { "M0 \($0)h\(columns)" } + columnLines.map { "M\($0) 0v\(rows)" }
    if !lines.isEmpty { marks.add("path", ["class": "nodes", "d": lines.joined()]) }
    return .element(
      "svg",
      [
        "class": "heat", "x": Markup.place(plot.left), "y": Markup.place(plot.top),
        "width": Markup.place(plot.right - plot.left), "height": Markup.place(plot.bottom - plot.top),
        "viewBox": "0 0 \(columns) \(rows)", "preserveAspectRatio": "none", "data-columns": "\(columns)",
        "data-rows": "\(rows)", "data-kind": data.kind, "data-row": data.row, "data-column": data.column,
        "data-unit": data.quantity.rawValue, "data-name": data.name, "data-policy": data.policy.map { "\($0)" },
        "data-fill": "\(fill)", "data-row-names": data.rowNames.map(String.init).joined(separator: " "),
        "data-each": "\(data.each)",
        "data-digits": data.cells.map { "\($0.digits)" }, "data-cells": data.cells?.text,
        "data-mean": data.mean.map { "\($0)" },
      ], marks)
  }
}

/// What the page's script has to know of a grid to read it out.
package struct HeatData: Sendable {
  package struct Cells: Sendable {
    package let text: String
    package let digits: Int

    /// - Parameter values: `[rows][columns]`, none below 0.
    package init(_ values: [Int], largest: Int? = nil) {
      digits = CellCode.digits(for: largest ?? values.max() ?? 0)
      text = CellCode.text(values, digits: digits)
    }
  }

  /// Of what a cell's shade is by: `column` by the mean of its column, `row`, `all` by `mean`, or `state`.
  package var kind: String
  package var name = ""
  package var row: String
  package var column: String
  package var quantity = Quantity.count
  package var policy: Int?
  /// `[rows]` numbers of ranks, layers or slots.
  package var rowNames: [Int] = []
  /// Steps, ranks or experts from one column to the next.
  package var each = 1
  package var cells: Cells?
  package var mean: Double?

  package init(kind: String, row: String, column: String) {
    self.kind = kind
    self.row = row
    self.column = column
  }
}
