import Foundation

/// A measured row and what the models make of it.
public struct Prediction: Equatable, Sendable {
  public var row: MeasurementTable.Row
  /// Microseconds; the mean over the loads that were drawn, where a row does not say its own.
  public var predicted: Double
  /// Standard deviation over these loads, microseconds; nil where the load is known.
  public var spread: Double?
  /// predicted / measured − 1.
  public var error: Double { predicted / row.measured - 1 }
  /// log(predicted / measured); nil where nothing is predicted to take no time.
  public var logError: Double? { predicted > 0 ? log(predicted / row.measured) : nil }
}
