# frozen_string_literal: true

# The picture that a video or a sound brings with it. Mastodon counts it with the file.
class AddThumbnails < ActiveRecord::Migration[7.2]
  def change
    change_table :media_attachments, bulk: true do |t|
      t.string :thumbnail_file_name
      t.integer :thumbnail_file_size
    end
  end
end
