# frozen_string_literal: true

# As upstream's of 4.6: filled from 4.7 on.
class AddKeypairs < ActiveRecord::Migration[7.2]
  def change
    create_table :keypairs do |t|
      t.references :account, null: false, foreign_key: { on_delete: :cascade }
      t.string :public_key, null: false
      t.string :private_key

      t.timestamps
    end
  end
end
