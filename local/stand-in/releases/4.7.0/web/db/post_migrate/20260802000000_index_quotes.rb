# frozen_string_literal: true

class IndexQuotes < ActiveRecord::Migration[7.2]
  disable_ddl_transaction!

  def change
    add_index :statuses, :quoted_status_id, algorithm: :concurrently, if_not_exists: true
  end
end
