# frozen_string_literal: true

# Upstream also sends it to open streams; the stand-in does not.
class PublishScheduledAnnouncementWorker
  include Sidekiq::Job

  def perform(_announcement_id) = nil
end
