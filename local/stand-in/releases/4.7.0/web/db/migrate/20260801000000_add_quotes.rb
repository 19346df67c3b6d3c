# frozen_string_literal: true

# No release of Mastodon's: something to upgrade to.
class AddQuotes < ActiveRecord::Migration[7.2]
  def change
    add_column :statuses, :quoted_status_id, :bigint
  end
end
