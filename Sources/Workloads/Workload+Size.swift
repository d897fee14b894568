extension Workload {
  /// Tokens × layers × top-k.
  package var visits: Int { BatchPlan(batching, seed: seed).countTokens() * layers * topK }
}
