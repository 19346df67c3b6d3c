# frozen_string_literal: true

# As Mastodon's migration of that name: from here on a release before 4.7 can't sign.
class MigrateLocalAccountKeypairs < ActiveRecord::Migration[7.2]
  def up
    Account.local.where.not(private_key: nil).find_each do |account|
      account.keypairs.create!(private_key: account.private_key, public_key: account.public_key)
      account.update_columns(private_key: nil, public_key: '')
    end
  end

  def down = raise(ActiveRecord::IrreversibleMigration)
end
