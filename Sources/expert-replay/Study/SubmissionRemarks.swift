import ExpertReplay

/// Tells of a submission as it goes: what was submitted in lines of their own, how far its jobs are in the progress line.
final class SubmissionRemarks {
  private var counter: WorkCounter?
  private var done = 0

  func tell(_ progress: SubmissionProgress) {
    switch progress {
    case .found: Remarks.say("tasks of this study are in the queue already; waiting for them")
    case .submitted(let array, let jobs, let tasks):
      Remarks.say("array \(array): \(Readable.count(jobs, "job")) in \(Readable.count(tasks, "task"))")
    case .done(let done, let all):
      if counter == nil { counter = WorkProgress.begin("replaying", .jobs, total: all) }
      counter?.advance(by: done - self.done)
      self.done = done
    }
  }

  func end() { counter?.end() }
}
