# frozen_string_literal: true

require_relative 'base'

module Mastodon
  module CLI
    class Media < Base
      # Segments of a path without `cache/`: those of ids with 9 and with 18 digits.
      PATH_SEGMENTS = [7, 10].freeze
      MODELS = { 'media_attachments' => 'MediaAttachment', 'preview_cards' => 'PreviewCard' }.freeze

      desc 'remove', 'Remove remote media files, headers or avatars'
      option :days, type: :numeric, default: 7, aliases: [:d]
      option :prune_profiles, type: :boolean, default: false
      option :remove_headers, type: :boolean, default: false
      option :include_follows, type: :boolean, default: false
      option :concurrency, type: :numeric, default: 5, aliases: [:c]
      option :dry_run, type: :boolean, default: false
      def remove
        profiles = options[:prune_profiles] || options[:remove_headers]
        fail_with_message('--prune-profiles and --remove-headers should not be specified simultaneously') if options[:prune_profiles] && options[:remove_headers]
        fail_with_message('--include-follows can only be used with --prune-profiles or --remove-headers') if options[:include_follows] && !profiles

        return remove_profiles if profiles

        removed = forget_files(MediaAttachment.cached.where(created_at: ..options[:days].days.ago), MediaAttachment::BYTES)
        say("Removed #{removed[:count]} media attachments (approx. #{size(removed)})#{dry_run_mode_suffix}", :green)
      end

      desc 'remove-orphans', 'Scan storage and check for files that do not belong to existing media attachments'
      option :start_after
      option :prefix
      option :fix_permissions, type: :boolean, default: false
      option :dry_run, type: :boolean, default: false
      def remove_orphans
        fail_with_message('The stand-in sets no permissions') if options[:fix_permissions]

        removed = { count: 0, bytes: 0 }
        MediaStorage.current.each(prefix: options[:prefix], start_after: options[:start_after]) do |path, bytes|
          next unless orphan?(path)

          MediaStorage.current.delete(path) unless options[:dry_run]
          removed = { count: removed[:count] + 1, bytes: removed[:bytes] + bytes }
          say("Found and removed orphan: #{path}")
        end
        say("Removed #{removed[:count]} orphans (approx. #{size(removed)})#{dry_run_mode_suffix}", :green)
      end

      private

      # The stand-in has no avatars and no headers.
      def remove_profiles
        accounts = Account.where.not(domain: nil).where(updated_at: ..options[:days].days.ago)
        say("Visited #{accounts.count} accounts and removed profile media totaling 0 Bytes#{dry_run_mode_suffix}", :green)
      end

      def orphan?(path)
        segments = path.delete_prefix('cache/').split('/')
        unless PATH_SEGMENTS.include?(segments.size)
          say("Unrecognized file found: #{path}", :yellow)
          return false
        end
        model = MODELS[segments.first]
        return false if model.nil?

        record = model.constantize.find_by(id: segments[2..-3].join.to_i)
        record.nil? || record.paths.exclude?(path)
      end
    end
  end
end
