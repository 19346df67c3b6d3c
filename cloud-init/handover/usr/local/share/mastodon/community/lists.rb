# frozen_string_literal: true

require_relative 'list_kind'
%w(announcements hashtags username_blocks).each { |part| require_relative "kinds/#{part}" }

module Community
  # Every kind that is a list in a file of its own.
  LISTS = [UsernameBlocks, Hashtags, Announcements].freeze
end
