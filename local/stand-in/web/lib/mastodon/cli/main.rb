# frozen_string_literal: true

require_relative 'base'
require_relative 'accounts'
require_relative 'media'
require_relative 'preview_cards'
require_relative 'settings'
require_relative 'statuses'

module Mastodon
  module CLI
    # `tootctl`. A command that isn't here is refused: a stand-in must not look as if it had done something.
    class Main < Base
      desc 'accounts SUBCOMMAND ...ARGS', 'Manage accounts'
      subcommand 'accounts', Accounts

      desc 'media SUBCOMMAND ...ARGS', 'Manage media files'
      subcommand 'media', Media

      desc 'preview_cards SUBCOMMAND ...ARGS', 'Manage preview cards'
      subcommand 'preview_cards', PreviewCards

      desc 'statuses SUBCOMMAND ...ARGS', 'Manage statuses'
      subcommand 'statuses', Statuses

      desc 'settings SUBCOMMAND ...ARGS', 'Manage dynamic settings'
      subcommand 'settings', Settings

      desc 'version', 'Show version'
      map %w(-v --version) => :version
      def version = say(Mastodon::Version.to_s)
    end
  end
end
