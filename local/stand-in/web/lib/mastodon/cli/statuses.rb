# frozen_string_literal: true

require_relative 'base'

module Mastodon
  module CLI
    class Statuses < Base
      desc 'remove', 'Remove unreferenced statuses'
      option :days, type: :numeric, default: 90
      option :batch_size, type: :numeric, default: 1_000, aliases: [:b]
      option :continue, type: :boolean, default: false
      option :clean_followed, type: :boolean, default: false
      option :skip_status_remove, type: :boolean, default: false
      option :skip_media_remove, type: :boolean, default: false
      option :compress_database, type: :boolean, default: false
      def remove
        fail_with_message('Cannot run with this batch_size setting, must be at least 1') if options[:batch_size] < 1

        remove_statuses unless options[:skip_status_remove]
        remove_media unless options[:skip_media_remove]
      end

      private

      # Of what refers to a post the stand-in knows only replies.
      def remove_statuses
        replied_to = Status.where.not(in_reply_to_id: nil).select(:in_reply_to_id)
        remote = Status.where(local: [nil, false], created_at: ...options[:days].days.ago).where.not(uri: nil).where.not(id: replied_to)
        processed = remote.count
        removed = 0
        remote.in_batches(of: options[:batch_size]) { |batch| removed += batch.delete_all }
        say("Done, removed #{removed} out of #{processed} statuses.", :green)
      end

      def remove_media
        left = MediaAttachment.unattached.where(created_at: ...options[:days].pred.days.ago)
        processed = left.count
        say("Done, removed #{left.find_each.count(&:destroy!)} out of #{processed} media_attachments.", :green)
      end
    end
  end
end
