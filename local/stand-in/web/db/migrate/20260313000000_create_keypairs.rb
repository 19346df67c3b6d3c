# frozen_string_literal: true

class CreateKeypairs < ActiveRecord::Migration[7.2]
  def change
    create_table :keypairs do |t|
      t.references :account, null: false, foreign_key: { on_delete: :cascade }
      t.text :public_key, null: false
      t.text :private_key
      t.timestamps
    end
  end
end
