# frozen_string_literal: true

require_relative 'list_kind'

module Community
  # Every kind that is a list in a file of its own, in the order in which they are applied: a file of `kinds/` with a class of its name.
  LISTS = %w(
    built_in_roles username_blocks invites warning_presets webhooks relays custom_emojis hashtags link_publishers follow_suppressions
    announcements
  ).map do |kind|
    require_relative "kinds/#{kind}"
    const_get(kind.camelize)
  end.freeze
end
