# frozen_string_literal: true

# What comes from other servers, as housekeeping finds it.
class AddRemoteContent < ActiveRecord::Migration[7.2]
  def change
    add_column :statuses, :uri, :string
    add_column :statuses, :local, :boolean
    add_column :media_attachments, :remote_url, :string, null: false, default: ''
    change_column_null :media_attachments, :file_file_name, true
    change_column_null :media_attachments, :file_file_size, true
    create_table :preview_cards do |t|
      t.string :url, null: false, default: '', index: { unique: true }
      t.string :image_file_name
      t.integer :image_file_size
      t.integer :type, null: false, default: 0
      t.timestamps
    end
  end
end
