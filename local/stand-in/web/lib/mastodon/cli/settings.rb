# frozen_string_literal: true

require_relative 'base'

module Mastodon
  module CLI
    class Registrations < Base
      desc 'open', 'Open registrations'
      def open = change('open')

      desc 'approved', 'Open approval-based registrations'
      option :require_reason, type: :boolean
      def approved
        Setting.require_invite_text = options[:require_reason] unless options[:require_reason].nil?
        change('approved')
      end

      desc 'close', 'Close registrations'
      def close = change('none')

      private

      def change(mode)
        Setting.registrations_mode = mode
        say('OK', :green)
      end
    end

    class Settings < Base
      desc 'registrations SUBCOMMAND ...ARGS', 'Manage state of registrations'
      subcommand 'registrations', Registrations
    end
  end
end
