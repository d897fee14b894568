extension MinMaxAssignment {
  /// Runs the flow on the arrays, which are as long as the graph needs them.
  mutating func runFlow(_ counts: [Int], on graph: ReplicaGraph) {
    graph.edges.withUnsafeBufferPointer { edges in
      graph.firstEdge.withUnsafeBufferPointer { firstEdge in
        graph.splitExperts.withUnsafeBufferPointer { splitExperts in
          graph.firstOfRank.withUnsafeBufferPointer { firstOfRank in
            graph.edgesByRank.withUnsafeBufferPointer { edgesByRank in
              flow.withUnsafeMutableBufferPointer { flow in
                rankTokens.withUnsafeMutableBufferPointer { rankTokens in
                  rest.withUnsafeMutableBufferPointer { rest in
                    expertDistance.withUnsafeMutableBufferPointer { expertDistance in
                      rankDistance.withUnsafeMutableBufferPointer { rankDistance in
                        expertArc.withUnsafeMutableBufferPointer { expertArc in
                          rankArc.withUnsafeMutableBufferPointer { rankArc in
                            queue.withUnsafeMutableBufferPointer { queue in
                              var state = MinMaxFlow(
                                edges: edges, firstEdge: firstEdge, splitExperts: splitExperts,
                                firstOfRank: firstOfRank, edgesByRank: edgesByRank, flow: flow,
                                rankTokens: rankTokens, rest: rest, expertDistance: expertDistance,
                                rankDistance: rankDistance, expertArc: expertArc, rankArc: rankArc, queue: queue)
                              state.solve(counts.span)
                              level = state.level
                            }
                          }
                        }
                      }
                    }
                  }
                }
              }
            }
          }
        }
      }
    }
  }
}
