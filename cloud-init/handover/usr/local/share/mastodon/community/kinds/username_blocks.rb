# frozen_string_literal: true

module Community
  # Usernames that no one may take. Mastodon comes with some, which stay as long as the file doesn't name them.
  class UsernameBlocks < ListKind
    describes 'usernameBlock', list: 'username_blocks', file: 'username-blocks.yaml'
    lists ::UsernameBlock, 'username', 'comparison', 'allow_with_approval'

    def key(item) = item['username'].downcase

    def summary(item) = "(#{item['comparison']})"
  end
end
