# frozen_string_literal: true

require_relative 'base'

module Mastodon
  module CLI
    class PreviewCards < Base
      desc 'remove', 'Remove preview cards'
      option :days, type: :numeric, default: 180
      option :concurrency, type: :numeric, default: 5, aliases: [:c]
      option :verbose, type: :boolean, aliases: [:v]
      option :dry_run, type: :boolean, default: false
      option :link, type: :boolean, default: false
      def remove
        cards = PreviewCard.cached.where(updated_at: ...options[:days].days.ago)
        cards = cards.link if options[:link]
        removed = forget_files(cards, :image_file_size)
        say("Removed #{removed[:count]} #{'link-type ' if options[:link]}preview cards (approx. #{size(removed)})#{dry_run_mode_suffix}", :green)
      end
    end
  end
end
