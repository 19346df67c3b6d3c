# frozen_string_literal: true

class AddRequirementsToUserRoles < ActiveRecord::Migration[7.2]
  def change
    add_column :user_roles, :require_2fa, :boolean, null: false, default: false
    add_column :user_roles, :collection_limit, :integer, null: false, default: 10
  end
end
